environment = "production"
region      = "eu-central-1"
owner       = "team-churn"
kept_days   = 365
