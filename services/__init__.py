"""The edges: settings, composition root, gRPC handlers and the command line."""
