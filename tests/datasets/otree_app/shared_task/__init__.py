"""Two people work on a task for four rounds; each can put in effort or let the other do it."""

from otree.api import (
    BaseConstants,
    BaseGroup,
    BasePlayer,
    BaseSubsession,
    Page,
    WaitPage,
    models,
    widgets,
)

doc = "Repeated dilemma of effort, fixed pairs"


class C(BaseConstants):
    NAME_IN_URL = "shared_task"
    PLAYERS_PER_GROUP = 2
    NUM_ROUNDS = 4
    BOTH_WORK = 6
    BOTH_REST = 3
    WORK_ALONE = 1
    REST_ALONE = 8


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    effort = models.BooleanField(
        label="Do you put in effort?",
        choices=[[True, "Work"], [False, "Rest"]],
        widget=widgets.RadioSelect,
    )
    guess = models.IntegerField(
        label="How likely is it (0-100) that the other works?", min=0, max=100
    )


def set_payoffs(group):
    first, second = group.get_players()
    for player, other in ((first, second), (second, first)):
        if player.effort:
            player.payoff = C.BOTH_WORK if other.effort else C.WORK_ALONE
        else:
            player.payoff = C.REST_ALONE if other.effort else C.BOTH_REST


class Decide(Page):
    form_model = "player"
    form_fields = ("effort", "guess")


class Wait(WaitPage):
    after_all_players_arrive = set_payoffs


class Results(Page):
    pass


page_sequence = [Decide, Wait, Results]
