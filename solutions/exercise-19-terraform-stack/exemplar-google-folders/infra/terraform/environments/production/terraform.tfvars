project_id = "kestrel-churn-production"
location   = "europe-west3"
owner      = "churn"
