"""Bots: some always work, some answer in kind, some rest but once."""

from otree.api import Bot

from . import Decide, Results


class PlayerBot(Bot):
    def play_round(self):
        kind = self.participant.id_in_session % 3
        before = self.player.in_previous_rounds()
        if kind == 0:
            effort = True
        elif kind == 1:
            other = self.player.get_others_in_group()[0].in_previous_rounds()
            effort = other[-1].effort if other else True
        else:
            effort = self.round_number == 2
        yield Decide, {"effort": effort, "guess": 20 * kind + 10 * len(before)}
        yield Results
