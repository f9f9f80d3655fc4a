"""One module per service of the contract: each turns messages into calls and results into messages."""
