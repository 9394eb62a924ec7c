rootProject.name = "engine"
