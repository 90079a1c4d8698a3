"""The assistant: workflows that an agent has drawn, and the engine that executes them, without I/O."""
