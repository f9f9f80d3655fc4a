"""The wire contract of Bencao (`bencao.v1`) and a client for it (`bencao.client`); imports nothing of the server."""
