"""What is learnt of an account: who comes back, who responds, and how well that foretold."""
