// Selectors that a query names more than once are looked up once: "a / (a + b)" asks the index and the heads for "a" once,
// and reads its samples as often as they are needed. Handles of series are kept for this, no samples. Belongs to one query.
// Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "eval/query_memory.h"
#include "model/series_reader.h"
#include "promql/ast.h"

namespace isobar::promql {

class SharedSelects {
 public:
  using List = std::vector<std::shared_ptr<const model::Series>>;

  // `memory` must outlive the object.
  SharedSelects(const Expr& expr, eval::QueryMemory& memory);

  // What `reader` finds: kept if the selector stands in the expression again, null if it does not.
  Result<std::shared_ptr<const List>> select(model::SeriesReader& reader, const VectorSelector& selector,
                                             const model::SelectRequest& request, const model::ReadContext& context);

 private:
  void count(const Expr& expr);
  Result<std::shared_ptr<const List>> read(model::SeriesReader& reader, const model::SelectRequest& request,
                                           const model::ReadContext& context);

  std::map<std::string, int> times_;  // how often they stand in the expression
  std::map<std::string, std::shared_ptr<const List>> found_;
  eval::MemoryHold hold_;
};

}  // namespace isobar::promql
