#include "http/form.h"
#include "http/gzip.h"
#include "http/router.h"

namespace isobar::http {
namespace {

Handler answer(std::string text) {
  return [text](const Request&, Cancellation&) { return Response::text(200, text); };
}

TEST(Router, ExactWinsOverParameterWinsOverRest) {
  Router router;
  router.get("/{path...}", answer("ui"));
  router.get("/api/v1/label/{name}/values", answer("values"));
  router.get("/api/v1/label/job/values", answer("job"));
  router.get("/api/{path...}", answer("api"));
  EXPECT_EQ(router.match(Method::kGet, "/api/v1/label/job/values").route->pattern, "/api/v1/label/job/values");
  const Router::Match match = router.match(Method::kGet, "/api/v1/label/a%2Fb/values");
  EXPECT_EQ(match.route->pattern, "/api/v1/label/{name}/values");
  EXPECT_EQ(match.path_params.get("name"), "a/b");
  EXPECT_EQ(router.match(Method::kGet, "/api/x/y").route->pattern, "/api/{path...}");
  EXPECT_EQ(router.match(Method::kGet, "/api/x/y").path_params.get("path"), "x/y");
  EXPECT_EQ(router.match(Method::kGet, "/").route->pattern, "/{path...}");
  EXPECT_EQ(router.match(Method::kGet, "/api/v1/label//values").route->pattern, "/api/{path...}");
}

TEST(Router, MethodsAndUnknownPaths) {
  Router router;
  router.add({Method::kGet, Method::kPost}, "/query", {}, answer("q"));
  router.add({Method::kDelete}, "/query", {}, answer("d"));
  router.get("/x/{name}", answer("x"));
  EXPECT_EQ(router.match(Method::kHead, "/query").status, 200);
  EXPECT_EQ(router.match(Method::kPut, "/query").status, 405);
  EXPECT_EQ(router.match(Method::kPut, "/query").allow, "GET, HEAD, POST, DELETE");
  EXPECT_EQ(router.match(Method::kGet, "/query/").status, 404);
  EXPECT_EQ(router.match(Method::kGet, "/x/%zz").status, 400);
}

TEST(Form, KeepsOrderAndRepeatedNames) {
  const Params params = *parse_form("match[]=up%7Ba%3D%22b%22%7D&match%5B%5D=x+y&flag&empty=&&");
  EXPECT_EQ(params.all("match[]"), (std::vector<std::string>{"up{a=\"b\"}", "x y"}));
  EXPECT_TRUE(params.has("flag"));
  EXPECT_EQ(params.size(), 4u);
  std::string many;
  for (std::size_t i = 0; i <= kMaxFormPairs; ++i) many += "a&";
  EXPECT_EQ(parse_form(many).error().message, "too many parameters, the limit is 10000");
  EXPECT_EQ(*percent_decode("%41%2b"), "A+");
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_EQ(percent_encode("a/b c\xff~"), "a%2Fb%20c%FF~");
}

TEST(Form, BodyComesBeforeQueryString) {
  Request request;
  request.query = *parse_form("query=a&step=1");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = "query=b";
  EXPECT_EQ(all_params(request)->get("query"), "b");
  EXPECT_EQ(all_params(request)->get("step"), "1");
}

TEST(Headers, AreCaseInsensitiveLists) {
  Headers headers{{"Accept-Encoding", "br, GZIP;q=0.5"}, {"X", "1"}, {"x", "2"}};
  EXPECT_TRUE(headers.has_token("accept-encoding", "gzip"));
  EXPECT_TRUE(accepts_gzip(headers));
  EXPECT_FALSE(accepts_gzip({{"accept-encoding", "gzip;q=0, br"}}));
  EXPECT_EQ(headers.all("X").size(), 2u);
  headers.set("x", "3");
  EXPECT_EQ(headers.get("X"), "3");
  EXPECT_EQ(headers.size(), 2u);
}

}  // namespace
}  // namespace isobar::http
