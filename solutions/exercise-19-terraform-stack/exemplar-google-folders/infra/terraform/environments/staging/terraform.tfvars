project_id = "kestrel-churn-staging"
location   = "europe-west3"
owner      = "churn"
