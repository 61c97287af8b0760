"""What a comparison says to a reader: claim by member, in ten seconds, by whom, against whom.

standing        claims by member, contested first
verdict speeds  the ten-second reading; how much of the page is shown
voices          who counts once: one family, one source
judge_card      who judged, what it read, what it cost
settling        which contradictions are settled, and by whom
dissent         the minority report, in the dissenter's own words
grounding citing   how much of a synthesis rests on its members; where its citations lead
judgings echoes two breakdowns of the same answers; a second sample beside the first
minds           who changed its mind when asked about one point

Pure functions over `council.core.state`; no HTML, no database.
"""
