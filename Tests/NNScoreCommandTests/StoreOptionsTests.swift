import Foundation
import Schemas
import Testing

@testable import NNScoreCommand

@Suite("Where the store is")
struct StoreOptionsTests {
  @Test(
    "--store wins over NNSCORE_STORE, that over XDG_DATA_HOME, that over HOME; empty variables count as not set",
    arguments: [
      ("a.sqlite", ["NNSCORE_STORE": "b.sqlite"], "a.sqlite"),
      (nil, ["NNSCORE_STORE": "b.sqlite", "XDG_DATA_HOME": "/x", "HOME": "/h"], "b.sqlite"),
      (nil, ["NNSCORE_STORE": "", "XDG_DATA_HOME": "/x", "HOME": "/h"], "/x/nnscore/store.sqlite"),
      (nil, ["XDG_DATA_HOME": "", "HOME": "/h"], "/h/.local/share/nnscore/store.sqlite"),
    ] as [(String?, [String: String], String)])
  func path(option: String?, environment: [String: String], expected: String) {
    #expect(StoreOptions.path(option: option, environment: environment) == expected)
  }

  @Test("every document's schema is JSON and says which version of JSON Schema it is written in")
  func schemas() throws {
    #expect(Schemas.documents.map(\.name) == Schemas.documents.map(\.name).sorted())
    for document in Schemas.documents {
      let value = try JSONSerialization.jsonObject(with: Data(document.json.utf8)) as? [String: Any]
      #expect(value?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema", "\(document.name)")
    }
  }
}
