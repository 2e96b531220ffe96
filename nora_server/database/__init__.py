"""Tables, the engine and the migrations; nothing here knows about rights."""
