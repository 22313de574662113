environment = "staging"
region      = "eu-central-1"
owner       = "TODO"
kept_days   = 30
