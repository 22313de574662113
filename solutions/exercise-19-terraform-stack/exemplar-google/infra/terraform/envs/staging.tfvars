environment = "staging"
project     = "kestrel-churn-staging"
region      = "europe-west3"
owner       = "team-churn"
