"""One person sends money, which is tripled; the other sends half of it back, or nothing."""

from otree.api import (
    BaseConstants,
    BaseGroup,
    BasePlayer,
    BaseSubsession,
    Page,
    WaitPage,
    models,
)


class C(BaseConstants):
    NAME_IN_URL = "trusting"
    PLAYERS_PER_GROUP = 2
    NUM_ROUNDS = 2
    SENDER_ROLE = "Sender"
    RECEIVER_ROLE = "Receiver"
    FACTOR = 3


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    sent = models.CurrencyField(min=0, max=10, label="How much do you send?")
    returned = models.StringField(choices=["half", "nothing"], label="What do you send back?")


class Player(BasePlayer):
    pass


class Send(Page):
    form_model = "group"
    form_fields = ("sent",)

    @staticmethod
    def is_displayed(player):
        return player.role == C.SENDER_ROLE


class SendWait(WaitPage):
    pass


class Return(Page):
    form_model = "group"
    form_fields = ("returned",)

    @staticmethod
    def is_displayed(player):
        return player.role == C.RECEIVER_ROLE


class ReturnWait(WaitPage):
    pass


page_sequence = [Send, SendWait, Return, ReturnWait]
