provider "aws" {
  region = var.region

  default_tags {
    tags = var.tags
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  public_zones  = slice(var.zones, 0, var.public_subnet_count)
  private_zones = slice(var.zones, 0, var.private_subnet_count)

  # Pods have subnets where nodes stand.
  pod_zones = var.pod_cidr == null ? [] : local.private_zones

  account = data.aws_caller_identity.current.account_id
  policy  = "arn:${data.aws_partition.current.partition}:iam::aws:policy"

  # Who may take on a role: the service itself.
  trust = {
    for service in ["ec2", "eks"] : service => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Service = "${service}.amazonaws.com" }
        Action    = "sts:AssumeRole"
      }]
    })
  }
}
