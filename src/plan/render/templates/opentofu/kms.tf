locals {
  keys = var.customer_managed_keys ? toset(["eks", "ebs", "s3"]) : toset([])

  # Whoever may use the service in this account may use its key, as with the keys of AWS: nodes that an Auto Scaling group
  # starts and volumes that the CSI driver makes have roles of their own.
  key_users = {
    eks = "eks.${var.region}.amazonaws.com"
    ebs = "ec2.${var.region}.amazonaws.com"
    s3  = "s3.${var.region}.amazonaws.com"
  }
}

resource "aws_kms_key" "this" {
  for_each = local.keys

  description             = "${var.name} ${each.key}"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Administration"
        Effect    = "Allow"
        Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Use"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          StringEquals = {
            "kms:CallerAccount" = local.account
            "kms:ViaService"    = local.key_users[each.key]
          }
        }
      },
    ]
  })
}

resource "aws_kms_alias" "this" {
  for_each = local.keys

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
