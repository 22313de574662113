output "bucket_names" {
  description = "Where training reads customers and writes models"
  value       = { for purpose, bucket in aws_s3_bucket.storage : purpose => bucket.id }
}

output "image_registry" {
  description = "Address that the pipeline pushes churn-api to"
  value       = aws_ecr_repository.churn_api.repository_url
}

output "role_arns" {
  description = "Identity of each part: training, serving, pipeline"
  value       = { for part, role in aws_iam_role.churn : part => role.arn }
}
