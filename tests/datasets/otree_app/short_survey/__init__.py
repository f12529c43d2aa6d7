"""Two questions after the task."""

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, Page, models


class C(BaseConstants):
    NAME_IN_URL = "short_survey"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    field = models.StringField(label="What did you study?")
    comment = models.LongStringField(label="Anything to add?", blank=True)


class Ask(Page):
    form_model = "player"
    form_fields = ("field", "comment")


page_sequence = [Ask]
