"""Who has gone quiet, how surely, who is worth approaching and what it may be worth.

Other packages use `score.score_contacts`, `score.dormant_counts`, `audit.summarise`, the rows of `store`,
`versions` and `outcomes`, and what `loading` makes of them.
"""
