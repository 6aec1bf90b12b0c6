"""Sessions that phones export (Stray Scanner, Polycam, ARKitScenes, RoomPlan, plain JSON of an app) as frames and rooms."""
