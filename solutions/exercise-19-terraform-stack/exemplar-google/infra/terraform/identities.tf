resource "google_service_account" "part" {
  for_each = toset(["training", "serving", "pipeline"])

  account_id = "churn-${each.key}-${substr(var.environment, 0, 4)}"
}

resource "google_storage_bucket_iam_member" "training_reads" {
  bucket = google_storage_bucket.churn["data"].name
  role   = "roles/storage.objectViewer"
  member = google_service_account.part["training"].member
}

resource "google_storage_bucket_iam_member" "training_writes" {
  bucket = google_storage_bucket.churn["models"].name
  role   = "roles/storage.objectCreator"
  member = google_service_account.part["training"].member
}

resource "google_storage_bucket_iam_member" "serving_reads" {
  bucket = google_storage_bucket.churn["models"].name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.part["serving"].email}"
}

resource "google_artifact_registry_repository_iam_member" "pipeline_pushes" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.part["pipeline"].member
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github-${var.environment}"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "actions"

  attribute_mapping = {
    "google.subject"        = "assertion.sub"
    "attribute.repository"  = "assertion.repository"
    "attribute.environment" = "assertion.environment"
  }
  attribute_condition = "assertion.repository == 'kestrel/churn' && assertion.environment == '${var.environment}'"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "pipeline" {
  service_account_id = google_service_account.part["pipeline"].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.repository/kestrel/churn"
}
