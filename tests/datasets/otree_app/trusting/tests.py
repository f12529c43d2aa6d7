"""Senders send more to higher group numbers; receivers give back what was sent generously."""

from otree.api import Bot

from . import C, Return, Send


class PlayerBot(Bot):
    def play_round(self):
        if self.player.role == C.SENDER_ROLE:
            yield Send, {"sent": 3 * self.group.id_in_subsession}
        else:
            yield Return, {"returned": "half" if self.group.sent > 5 else "nothing"}
