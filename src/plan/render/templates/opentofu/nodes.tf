resource "aws_iam_role" "node" {
  name               = "${var.name}-node"
  assume_role_policy = local.trust["ec2"]
}

# SSM in place of SSH keys.
resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset([
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
  ])

  role       = aws_iam_role.node.name
  policy_arn = "${local.policy}/${each.key}"
}

resource "aws_launch_template" "node" {
  name_prefix            = "${var.name}-node-"
  update_default_version = true

  # EKS merges its own part into it.
  user_data = base64encode(<<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="//"

    --//
    Content-Type: application/node.eks.aws

    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      kubelet:
        config:
          maxPods: ${var.max_pods}

    --//--
  EOT
  )

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.disk_size
      volume_type           = var.disk_type
      encrypted             = true
      kms_key_id            = var.customer_managed_keys ? aws_kms_key.this["ebs"].arn : null
      delete_on_termination = true
    }
  }

  # Pods do not get the role of their node.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.key
      tags          = merge(var.tags, { Name = "${var.name}-node" })
    }
  }
}

resource "aws_eks_node_group" "this" {
  for_each = var.node_groups

  cluster_name    = aws_eks_cluster.this.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = [for zone in each.value.zones : aws_subnet.private[index(local.private_zones, zone)].id]
  version         = var.kubernetes_version
  instance_types  = [var.instance_type]
  ami_type        = var.ami_type
  capacity_type   = "ON_DEMAND"

  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }

  scaling_config {
    min_size     = each.value.min_size
    desired_size = each.value.desired_size
    max_size     = each.value.max_size
  }

  update_config {
    max_unavailable = 1
  }

  # The autoscaler or the schedule moves it.
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [
    aws_iam_role_policy_attachment.node,
    aws_eks_addon.vpc_cni,
  ]
}

locals {
  groups_of_one_zone = { for name, group in var.node_groups : name => group if length(group.zones) == 1 }
}

# An autoscaler sees no node of an empty group: the tag tells it that one would fit a volume of this zone.
resource "aws_autoscaling_group_tag" "zone" {
  for_each = local.groups_of_one_zone

  autoscaling_group_name = aws_eks_node_group.this[each.key].resources[0].autoscaling_groups[0].name

  tag {
    key                 = "k8s.io/cluster-autoscaler/node-template/label/topology.ebs.csi.aws.com/zone"
    value               = each.value.zones[0]
    propagate_at_launch = false
  }
}

resource "aws_autoscaling_schedule" "up" {
  for_each = var.schedule == null ? {} : var.node_groups

  scheduled_action_name  = "${var.name}-${each.key}-up"
  autoscaling_group_name = aws_eks_node_group.this[each.key].resources[0].autoscaling_groups[0].name
  recurrence             = var.schedule.up
  time_zone              = var.schedule.time_zone
  min_size               = each.value.min_size
  desired_capacity       = each.value.desired_size
  max_size               = each.value.max_size
}

resource "aws_autoscaling_schedule" "down" {
  for_each = var.schedule == null ? {} : var.node_groups

  scheduled_action_name  = "${var.name}-${each.key}-down"
  autoscaling_group_name = aws_eks_node_group.this[each.key].resources[0].autoscaling_groups[0].name
  recurrence             = var.schedule.down
  time_zone              = var.schedule.time_zone
  min_size               = 0
  desired_capacity       = 0
  max_size               = each.value.max_size
}
