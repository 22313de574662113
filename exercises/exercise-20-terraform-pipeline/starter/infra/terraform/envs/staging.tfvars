environment = "staging"
region      = "eu-central-1"
owner       = "team-churn"
kept_days   = 30
