terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.10"
    }
  }
}

locals {
  name = join("-", ["kestrel", "churn", var.environment])
  tags = {
    Project            = "churn"
    Environment        = var.environment
    Owner              = var.owner
    DataClassification = "customer"
  }
}

module "data" {
  source = "../bucket"
  name   = "${local.name}-data"
  tags   = local.tags
}

module "models" {
  source = "../bucket"
  name   = "${local.name}-models"
  tags   = local.tags
}

resource "aws_ecr_repository" "churn_api" {
  name                 = local.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = false
  tags                 = local.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_ecr_registry_scanning_configuration" "all" {
  scan_type = "ENHANCED"

  rule {
    scan_frequency = "CONTINUOUS_SCAN"

    repository_filter {
      filter      = "*"
      filter_type = "WILDCARD"
    }
  }
}

resource "aws_ecr_lifecycle_policy" "churn_api" {
  repository = aws_ecr_repository.churn_api.name
  policy     = file("${path.module}/expire.json")
}

resource "aws_secretsmanager_secret" "mlflow" {
  name = "${local.name}/mlflow-db"
  tags = local.tags
}

resource "aws_secretsmanager_secret_version" "mlflow" {
  secret_id     = aws_secretsmanager_secret.mlflow.id
  secret_string = var.mlflow_db_password
}
