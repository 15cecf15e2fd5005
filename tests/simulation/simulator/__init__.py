"""Here a whole company of processes lives in one: seeded time, failures and turns. One seed is one history."""
