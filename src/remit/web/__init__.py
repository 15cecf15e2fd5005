"""Here people look and say their word: pages made on the server, over the same operations as the API's routes."""
