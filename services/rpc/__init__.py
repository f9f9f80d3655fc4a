"""The gRPC transport: server, interceptors, handlers, and conversion between messages and the data of `reasoning`."""
