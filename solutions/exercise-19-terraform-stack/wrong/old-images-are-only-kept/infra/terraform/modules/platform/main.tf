locals {
  labels = {
    project    = "churn"
    env        = var.environment
    owner      = var.owner
    data-class = "customer"
  }
  pushers = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.repository/kestrel/churn"
}

# --- buckets ------------------------------------------------------------

resource "google_kms_key_ring" "churn" {
  name     = "churn"
  location = var.location
  project  = var.project_id
}

resource "google_kms_crypto_key" "buckets" {
  name            = "buckets"
  key_ring        = google_kms_key_ring.churn.id
  rotation_period = "7776000s"
  labels          = local.labels

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_storage_bucket" "this" {
  for_each = toset(["customers", "models"])

  name                        = "${var.project_id}-${each.key}"
  project                     = var.project_id
  location                    = var.location
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.buckets.id
  }

  lifecycle {
    prevent_destroy = true
  }
}

# --- registry -----------------------------------------------------------

resource "google_artifact_registry_repository" "images" {
  repository_id = "churn"
  project       = var.project_id
  location      = var.location
  description   = "Images of churn-api"
  format        = "DOCKER"
  labels        = local.labels

  docker_config {
    immutable_tags = true
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  cleanup_policies {
    id     = "old"
    action = "KEEP"
    condition {
      older_than = "7776000s"
    }
  }

  cleanup_policies {
    id     = "recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 20
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# --- who may do what ----------------------------------------------------

resource "google_service_account" "this" {
  for_each = {
    training = "Training of churn"
    serving  = "churn-api"
    pipeline = "GitHub Actions of kestrel/churn"
  }

  account_id   = "churn-${each.key}"
  project      = var.project_id
  display_name = each.value
}

locals {
  bucket_rights = {
    training-reads  = { bucket = "customers", who = "training", role = "roles/storage.objectViewer" }
    training-writes = { bucket = "models", who = "training", role = "roles/storage.objectCreator" }
    serving-reads   = { bucket = "models", who = "serving", role = "roles/storage.objectViewer" }
  }
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = local.bucket_rights

  bucket = google_storage_bucket.this[each.value.bucket].name
  role   = each.value.role
  member = google_service_account.this[each.value.who].member
}

resource "google_artifact_registry_repository_iam_member" "pipeline_pushes" {
  project    = var.project_id
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.this["pipeline"].member
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
  project                   = var.project_id
  display_name              = "GitHub Actions"
}

resource "google_service_account_iam_member" "github" {
  service_account_id = google_service_account.this["pipeline"].name
  role               = "roles/iam.workloadIdentityUser"
  member             = local.pushers
}

# --- tracking server ----------------------------------------------------

resource "google_secret_manager_secret" "mlflow_database" {
  secret_id = "mlflow-database"
  project   = var.project_id
  labels    = local.labels

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "mlflow_database" {
  secret      = google_secret_manager_secret.mlflow_database.id
  secret_data = var.mlflow_db_password
}

# --- whose tokens are taken ----------------------------------------------

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "kestrel-churn"
  project                            = var.project_id
  attribute_condition                = "assertion.repository == 'kestrel/churn' && assertion.ref == '${var.github_ref}'"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}
