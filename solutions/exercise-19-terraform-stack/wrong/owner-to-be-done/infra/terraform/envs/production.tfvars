environment = "production"
region      = "eu-central-1"
owner       = "TODO"
kept_days   = 365
