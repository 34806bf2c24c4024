# No keys and no open port: aws ssm start-session opens a shell, and logs it.
data "aws_ssm_parameter" "bastion_image" {
  count = var.bastion_count > 0 ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_iam_role" "bastion" {
  count = var.bastion_count > 0 ? 1 : 0

  name               = "${var.name}-bastion"
  assume_role_policy = local.trust["ec2"]
}

resource "aws_iam_role_policy_attachment" "bastion" {
  count = var.bastion_count > 0 ? 1 : 0

  role       = aws_iam_role.bastion[0].name
  policy_arn = "${local.policy}/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "bastion" {
  count = var.bastion_count > 0 ? 1 : 0

  name = "${var.name}-bastion"
  role = aws_iam_role.bastion[0].name
}

resource "aws_security_group" "bastion" {
  count = var.bastion_count > 0 ? 1 : 0

  name        = "${var.name}-bastion"
  description = "Bastion: out by HTTPS, nothing in"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_egress_rule" "bastion" {
  count = var.bastion_count > 0 ? 1 : 0

  security_group_id = aws_security_group.bastion[0].id
  description       = "SSM and the API server"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_ingress_rule" "cluster_from_bastion" {
  count = var.bastion_count > 0 ? 1 : 0

  security_group_id            = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  description                  = "API server for the bastion"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.bastion[0].id
}

resource "aws_instance" "bastion" {
  count = var.bastion_count

  ami                    = data.aws_ssm_parameter.bastion_image[0].value
  instance_type          = var.bastion_instance_type
  subnet_id              = aws_subnet.private[count.index % length(aws_subnet.private)].id
  iam_instance_profile   = aws_iam_instance_profile.bastion[0].name
  vpc_security_group_ids = [aws_security_group.bastion[0].id]

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  root_block_device {
    volume_size = 30
    volume_type = "gp3"
    encrypted   = true
    kms_key_id  = var.customer_managed_keys ? aws_kms_key.this["ebs"].arn : null
  }

  tags = { Name = "${var.name}-bastion" }

  # A new image is no reason to lose a session.
  lifecycle {
    ignore_changes = [ami]
  }
}
