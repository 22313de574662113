environment = "production"
region      = "eu-central-1"
owner       = "team-churn"
keep_versions = false
kept_days   = 365
