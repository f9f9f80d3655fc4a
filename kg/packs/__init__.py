"""Domain packs that come with the project; each is a folder of data."""
