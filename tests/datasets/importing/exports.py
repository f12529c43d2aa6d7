# ruff: noqa: E501 - headers as the programs write them
"""Exports of programs in their documented layouts, as small texts that the tests write."""

QUALTRICS = """StartDate,Status,Finished,ResponseId,Q1,Q2,Q3
Start Date,Response Type,Finished,Response ID,"Do you take the bet,
win 4 or lose 1?","Win 8 or lose 4?",Your field?
"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}","{""ImportId"":""status""}","{""ImportId"":""finished""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3_TEXT""}"
2026-01-02 10:00:00,IP Address,True,R_1aB,Yes,No,Physics
2026-01-02 10:05:00,Survey Preview,True,R_2cD,Yes,Yes,Test
2026-01-02 10:09:00,IP Address,False,R_3eF,No,,
2026-01-02 10:10:00,IP Address,True,R_4gH,No,Yes,"Law, mostly"
2026-01-02 10:12:00,IP Address,True,R_5iJ,,No,Art
"""
"""With RecordedDate left out; ``with_date`` adds it."""

JSPSYCH = """[
 {"rt": 812, "stimulus": "<p>Welcome</p>", "response": " ", "trial_type": "html-keyboard-response",
  "trial_index": 0, "time_elapsed": 815, "subject": "s1"},
 {"rt": 1034, "response": 0, "trial_type": "html-button-response", "trial_index": 1,
  "time_elapsed": 1900, "subject": "s1", "prize": 4.50, "paid": true},
 {"rt": null, "response": 1, "trial_type": "html-button-response", "trial_index": 2,
  "time_elapsed": 2900, "subject": "s1", "prize": 1e1, "paid": false},
 {"rt": 4000, "response": {"Q0": "none"}, "trial_type": "survey-text", "trial_index": 3,
  "time_elapsed": 6900, "subject": "s1"},
 {"rt": 400, "response": 1, "trial_type": "html-button-response", "trial_index": 1,
  "time_elapsed": 900, "subject": "s2", "prize": 2, "paid": true}
]
"""

GORILLA = """Event Index,UTC Timestamp,Participant Public ID,Participant Private ID,Task Name,Trial Number,Screen Name,Zone Type,Reaction Time,Response,Correct,price
1,1700000000001,BLIND,801,Shop,BEGIN TASK,,,,,,
2,1700000000002,BLIND,801,Shop,1,Offer,content_text,120.5,,,5
3,1700000000003,BLIND,801,Shop,1,Offer,response_button_text,900.25,Buy,,5
4,1700000000004,BLIND,801,Shop,2,Offer,response_button_text,700,Leave,,9
5,1700000000005,BLIND,802,Shop,1,Offer,response_button_text,650,Leave,,5
END OF FILE,,,,,,,,,,,
"""

PSYCHOPY = {
    "p1_bets_2026.csv": """prize,trials.thisRepN,trials.thisTrialN,trials.thisN,trials.thisIndex,key_resp.keys,key_resp.rt,participant,session,date,expName,psychopyVersion,frameRate,
,,,,,space,1.2,p1,001,2026-01-02_10h00,bets,2026.1.1,60.0,
4,0,0,0,1,left,0.8,p1,001,2026-01-02_10h00,bets,2026.1.1,60.0,
9,0,1,1,0,right,0.7,p1,001,2026-01-02_10h00,bets,2026.1.1,60.0,
""",
    "p2_bets_2026.csv": """prize,trials.thisRepN,trials.thisTrialN,trials.thisN,trials.thisIndex,key_resp.keys,key_resp.rt,participant,session,date,expName,psychopyVersion,frameRate,
9,0,0,0,0,right,0.6,p2,001,2026-01-03_10h00,bets,2026.1.1,60.0,
""",
}


def with_date(text: str) -> str:
    """Return the Qualtrics export with the column RecordedDate, as Qualtrics always has it."""
    out, heads = [], iter(["RecordedDate", "Recorded Date", '"{""ImportId"":""recordedDate""}"'])
    opened = False
    for line in text.splitlines():
        opened_before = opened
        opened ^= line.count('"') % 2 == 1
        prefix = "" if opened_before else next(heads, "2026-01-02 10:20:00") + ","
        out.append(prefix + line)
    return "\n".join(out) + "\n"
