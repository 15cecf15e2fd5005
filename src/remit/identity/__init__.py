"""Here is said who may do what: people and apps, their roles, their keys, and the one table of doors.

Every door is closed until a role is named for it. Nothing here reads HTTP or SQL.
"""
