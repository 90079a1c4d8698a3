"""How a declared route is served: admission, headers, repetition, the answer."""
