"""The steps of the agent, one module each: a coroutine from the state and the run to what changes in the state."""
