resource "aws_s3_bucket_acl" "dashboard" {
  bucket = aws_s3_bucket.storage["data"].id
  acl    = "public-read"
}
