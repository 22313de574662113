locals {
  prefix = "kestrel-churn-${var.environment}"
  issuer = "token.actions.githubusercontent.com"

  tags = {
    project    = "churn"
    env        = var.environment
    owner      = var.owner
    data-class = "customer"
  }

  buckets = toset(["data", "models"])
}

# -- storage -----------------------------------------------------------------------------------

resource "aws_s3_bucket" "storage" {
  for_each = local.buckets

  bucket = "${local.prefix}-${each.key}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "storage" {
  for_each = aws_s3_bucket.storage

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "storage" {
  for_each = aws_s3_bucket.storage

  bucket = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.storage.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "storage" {
  for_each = aws_s3_bucket.storage

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_kms_key" "storage" {
  description         = "Customer data and models of churn"
  enable_key_rotation = true
}

# -- images ------------------------------------------------------------------------------------

resource "aws_ecr_repository" "churn_api" {
  name                 = "${local.prefix}/churn-api"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_ecr_lifecycle_policy" "churn_api" {
  repository = aws_ecr_repository.churn_api.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Images without a tag"
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = var.kept_days
      }
      action = { type = "expire" }
    }]
  })
}

# -- who may do what ---------------------------------------------------------------------------

data "aws_iam_policy_document" "pods" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "github" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["repo:kestrel/churn:environment:${var.environment}"]
    }
  }
}

data "aws_iam_policy_document" "training" {
  statement {
    sid       = "ReadCustomers"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.storage["data"].arn}/*"]
  }

  statement {
    sid       = "WriteModels"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.storage["models"].arn}/*"]
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.storage.arn]
  }
}

data "aws_iam_policy_document" "serving" {
  statement {
    sid       = "ReadModels"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.storage["models"].arn}/*"]
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.storage.arn]
  }
}

data "aws_iam_policy_document" "pipeline" {
  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # this action knows no resources
  }

  statement {
    sid = "PushImages"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:CompleteLayerUpload",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.churn_api.arn]
  }
}

locals {
  roles = {
    training = { trust = data.aws_iam_policy_document.pods.json, rights = data.aws_iam_policy_document.training.json }
    serving  = { trust = data.aws_iam_policy_document.pods.json, rights = data.aws_iam_policy_document.serving.json }
    pipeline = { trust = data.aws_iam_policy_document.github.json, rights = data.aws_iam_policy_document.pipeline.json }
  }
}

resource "aws_iam_role" "churn" {
  for_each = local.roles

  name               = "${local.prefix}-${each.key}"
  assume_role_policy = each.value.trust
}

resource "aws_iam_role_policy" "churn" {
  for_each = local.roles

  name   = "work"
  role   = aws_iam_role.churn[each.key].id
  policy = each.value.rights
}
