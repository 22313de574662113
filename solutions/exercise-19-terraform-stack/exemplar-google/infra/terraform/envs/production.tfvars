environment = "production"
project     = "kestrel-churn-production"
region      = "europe-west3"
owner       = "team-churn"
