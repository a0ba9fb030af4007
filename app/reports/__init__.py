"""Reports made of files, without any installation: the audit and the backtest."""
