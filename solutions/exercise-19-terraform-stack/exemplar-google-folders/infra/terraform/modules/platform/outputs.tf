output "models_bucket" {
  description = "Bucket with the model versions."
  value       = google_storage_bucket.this["models"].name
}

output "image_prefix" {
  description = "What the name of an image begins with."
  value       = "${var.location}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
}
