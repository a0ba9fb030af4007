"""A backtest of the score on one's own files: fitted up to a day, judged on what came after."""
