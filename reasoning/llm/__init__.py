"""Language models behind one LangChain interface, and the three calls that the agent makes of them."""
