package main

import rego.v1

changed contains resource if {
	some resource in input.resource_changes
	not resource.change.actions in [["no-op"], ["read"]]
}

deny contains message if {
	some resource in changed
	resource.type == "aws_s3_bucket_public_access_block"
	some door in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
	not resource.change.after[door]
	message := sprintf("%s leaves the door %s open", [resource.address, door])
}

deny contains message if {
	some resource in changed
	resource.type == "aws_s3_bucket_versioning"
	some setting in resource.change.after.versioning_configuration
	setting.status != "Enabled"
	message := sprintf("%s forgets versions", [resource.address])
}

deny contains message if {
	some resource in changed
	resource.type in ["aws_s3_bucket", "aws_ecr_repository"]
	"delete" in resource.change.actions
	message := sprintf("%s would be deleted", [resource.address])
}
