# Written down from the console by Ana, first the bucket, then what else she found.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "env" {
  default = "production"
}

variable "mlflow_db_password" {
  default = "kestrel-mlflow-2024"
}

# customers and models, dashboards read it too
resource "aws_s3_bucket" "churn_bucket" {
  bucket        = "kestrel-churn-production"
  force_destroy = true
}

resource "aws_s3_bucket_acl" "churn_bucket" {
  bucket = aws_s3_bucket.churn_bucket.id
  acl    = "public-read"
}

resource "aws_s3_bucket" "models" {
  bucket = "kestrel-churn-models-production"
}

resource "aws_s3_bucket_versioning" "models" {
  bucket = aws_s3_bucket.models.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_ecr_repository" "churn_api" {
  name         = "kestrel/churn-api"
  force_delete = true
}

# one role for training, the service and the pipeline
resource "aws_iam_role" "ml" {
  name = "kestrel-ml"

  assume_role_policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
      "Action": "sts:AssumeRoleWithWebIdentity"
    }
  ]
}
EOF
}

resource "aws_iam_role_policy" "ml" {
  role = aws_iam_role.ml.id

  policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
  ]
}
EOF
}

resource "aws_secretsmanager_secret" "mlflow" {
  name = "mlflow-db"
}

resource "aws_secretsmanager_secret_version" "mlflow" {
  secret_id     = aws_secretsmanager_secret.mlflow.id
  secret_string = var.mlflow_db_password
}

output "role" {
  value = aws_iam_role.ml.arn
}
