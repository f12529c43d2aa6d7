from otree.api import Bot

from . import Ask


class PlayerBot(Bot):
    def play_round(self):
        comment = 'I liked it,\n"mostly"' if self.participant.id_in_session == 1 else ""
        yield Ask, {"field": "Économie", "comment": comment}
