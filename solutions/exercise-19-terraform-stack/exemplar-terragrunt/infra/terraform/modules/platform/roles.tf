resource "aws_iam_openid_connect_provider" "gitlab" {
  url            = "https://gitlab.com"
  client_id_list = ["https://gitlab.com"]
}

resource "aws_iam_role" "training" {
  name               = "${local.name}-training"
  tags               = local.tags
  assume_role_policy = local.batch
}

resource "aws_iam_role" "serving" {
  name               = "${local.name}-serving"
  tags               = local.tags
  assume_role_policy = local.batch
}

resource "aws_iam_role" "pipeline" {
  name = "${local.name}-pipeline"
  tags = local.tags
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.gitlab.arn }
      Condition = {
        StringEquals = {
          "gitlab.com:aud" = "https://gitlab.com"
          "gitlab.com:sub" = "project_path:kestrel/churn:ref_type:branch:ref:main"
        }
      }
    }]
  })
}

locals {
  batch = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_policy" "read_models" {
  name = "${local.name}-read-models"
  tags = local.tags
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource = format("%s/*", module.models.arn)
    }]
  })
}

resource "aws_iam_role_policy_attachment" "serving" {
  role       = aws_iam_role.serving.name
  policy_arn = aws_iam_policy.read_models.arn
}

resource "aws_iam_role_policy" "training" {
  role = aws_iam_role.training.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:GetObject"], Resource = "${module.data.arn}/*" },
      { Effect = "Allow", Action = ["s3:ListBucket"], Resource = [module.data.arn, module.models.arn] },
      { Effect = "Allow", Action = ["s3:PutObject"], Resource = "${module.models.arn}/*" },
    ]
  })
}

resource "aws_iam_role_policy" "pipeline" {
  role = aws_iam_role.pipeline.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Effect   = "Allow"
        Action   = ["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"]
        Resource = aws_ecr_repository.churn_api.arn
      },
    ]
  })
}
