# The bucket that keeps the data and the models of the team.
resource "aws_s3_bucket" "churn" {
  bucket = "kestrel-churn-dvc"
}
