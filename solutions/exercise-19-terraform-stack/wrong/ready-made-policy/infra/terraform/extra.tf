resource "aws_iam_role_policy_attachment" "registry" {
  role       = aws_iam_role.churn["pipeline"].name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess"
}
