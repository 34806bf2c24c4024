// The Kubernetes objects of Isobar. The chart in templates/helm makes the same ones; tests/plan/render_test.mjs holds them
// against each other.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "plan/render/isobar_deployment.h"
#include "plan/render/tree.h"

namespace isobar::plan::rendering {

struct Object {
  std::string file;  // "statefulset.yaml"
  Tree tree;
};

std::vector<Object> isobar_objects(const IsobarDeployment& deployment);

// prometheus.yml: what Isobar scrapes when nobody says more.
std::string scrape_configuration();

}  // namespace isobar::plan::rendering
