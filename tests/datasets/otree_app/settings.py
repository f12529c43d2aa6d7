"""A small oTree project whose bots produce the exported file beside it; see README.md."""

SESSION_CONFIGS = [
    {
        "name": "shared_task",
        "display_name": "Shared task, sending money, survey",
        "app_sequence": ["shared_task", "trusting", "short_survey"],
        "num_demo_participants": 6,
    }
]
SESSION_CONFIG_DEFAULTS = {"real_world_currency_per_point": 0.05, "participation_fee": 2.0}
PARTICIPANT_FIELDS = []
SESSION_FIELDS = []
LANGUAGE_CODE = "en"
REAL_WORLD_CURRENCY_CODE = "USD"
USE_POINTS = True
ADMIN_USERNAME = "admin"
SECRET_KEY = "only for bots"
